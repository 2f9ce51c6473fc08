"""`amparo report`: the group of its commands."""

# SPDX-License-Identifier: Apache-2.0

import click

from amparo.cli.groups import Group
from amparo.cli.report import compare, explain, import_, lint, others, recount, write


@click.group(cls=Group)
def report() -> None:
    """The harmonised transparency report of Implementing Regulation (EU) 2024/2835.

    `answers` writes the questions that the record cannot answer, `import` takes complaints of other
    tools in; `write` fills the template from the record and the answers, `publish` makes a signed
    version public; `lint` judges anyone's report; `recount` counts one again.
    """


for command in (
    write.answers,
    import_.import_,
    write.write,
    write.publish,
    explain.explain,
    lint.lint,
    recount.recount,
    compare.compare,
    recount.reconcile,
    others.body,
    others.santa_clara,
):
    report.add_command(command)
