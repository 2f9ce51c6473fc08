"""What a platform's program does with a node: statements, people told, orders, webhooks, receipts.

Programs start with `Client`, and with `webhooks.read` where a webhook arrives.
"""

from amparo.client.answers import Case, Invalid, Orders, Stored
from amparo.client.client import Client

__all__ = ["Case", "Client", "Invalid", "Orders", "Stored"]
