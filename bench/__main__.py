"""All benchmarks, one after the other: `make bench`. Figures go to docs/benchmarks.md by hand."""

from bench import intake, log, monitor, observatory, report, routes, start, wave, witness
from bench.machine import described

print(described())
start.run()
intake.run()
log.run()
observatory.run()
wave.run()
witness.run()
monitor.run()
report.run()
routes.run()
