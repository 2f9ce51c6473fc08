"""Make the findings that ship with the bundled series: after a change of series or detectors."""

from amparo.observatory import findings

if __name__ == "__main__":
    print(findings.place().write_bytes(findings.ship()), "bytes")
