"""A post is removed; its author keeps the receipt; years later the platform and the node are gone."""

import shutil

from tests.conftest import Served, run, statement


def test_a_receipt_outlives_the_node_that_made_it(tmp_path):
    """From the platform's call to a proof that needs nobody any more."""
    node = Served(tmp_path / "node")
    foro = node.add_platform("Foro Libre")
    sent = statement("case-1", decision_facts="The post names a false date for the election.")

    told = node.http.post("/api/v1/statement?wait=receipt", json=sent, headers=foro).json()
    page = node.http.get(told["recourse_url"])
    receipt = node.http.get(told["recourse_url"] + "/receipt").content
    vkey = run("log", "vkey", "--data", node.data).stdout.strip()

    assert "Foro Libre suspended your account" in page.text
    assert "The post names a false date for the election." in page.text
    node.stop()
    shutil.rmtree(node.data)
    kept = tmp_path / "my-receipt.tlog-proof"
    kept.write_bytes(receipt)
    verified = run("verify", kept, "--vkey", vkey)
    assert "The receipt holds." in verified.stdout
    assert "The post names a false date for the election." in verified.stdout
    assert "case-1" in verified.stdout
