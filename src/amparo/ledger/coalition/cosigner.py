"""Which witnesses a node asks: those of its charter, or of its own policy."""

# SPDX-License-Identifier: Apache-2.0

from amparo.errors import Missing
from amparo.ledger.coalition import charters
from amparo.ledger.log.ask_witnesses import Asking
from amparo.ledger.log.publish import Cosign
from amparo.storage.node import Node
from amparo.tlog import policy


def cosigner_of(node: Node) -> Cosign | None:
    """What asks the witnesses of the charter, or of the node's policy; None without either."""
    if node.settings.charter:
        trusted = charters.policy_of(node)
    elif node.policy is None:
        return None
    else:
        try:
            trusted = policy.parse(node.policy.read_text())
        except OSError as error:
            raise Missing(
                "The policy file cannot be read.",
                why=f"{node.policy}: {error.strerror}",
                fix="Put it there, or empty `policy` in amparo.toml.",
            ) from None
    return Asking(node, trusted).cosign
