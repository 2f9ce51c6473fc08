/* Verifying a receipt in the reader's own browser, with WebCrypto and nothing else.
 *
 * The same steps as `amparo verify`: the log's signature over the checkpoint, the entry's place in
 * the tree, and the reasons against the commitment in the entry. Sources: C2SP signed-note,
 * tlog-checkpoint, tlog-proof; RFC 6962; RFC 8785. SPDX-License-Identifier: Apache-2.0 */

const utf8 = new TextEncoder();

export class Unsound extends Error {}
export class CannotVerify extends Error {}

/** Verify a receipt (Uint8Array) under a verifier key; resolves to what it proves. */
export async function verify(bytes, vkey) {
  const proof = parseProof(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  const key = await parseKey(vkey);
  const checkpoint = await openCheckpoint(proof.checkpoint, key);
  if (proof.extra === null) throw new Unsound("The file does not carry its entry.");
  const extra = parseOnce(new TextDecoder("utf-8", { fatal: true }).decode(proof.extra));
  const leaf = await sha256(concat([0], utf8.encode(extra.entry)));
  await checkInclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root);
  const entry = parseOnce(extra.entry);
  let sealed = null;
  if (extra.fields) {
    sealed = await openFields(extra.fields, entry.sealed);
  } else if (extra.sealed && extra.salt) {
    await checkOpening(unbase64url(extra.salt), extra.sealed, entry.sealed);
    if (extra.puid && extra.puid_salt) {
      await checkCommitment("amparo.puid.v1\n", extra.puid_salt, extra.puid, extra.sealed.puid);
    }
    sealed = { ...extra.sealed };
    delete sealed.puid;
  }
  return { origin: checkpoint.origin, size: checkpoint.size, index: proof.index, entry, sealed, puid: extra.puid ?? null };
}

/** JSON in which every name of an object stands once: readers disagree about which of two counts. */
function parseOnce(text) {
  const value = JSON.parse(text);
  const open = [];
  let last = "";
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === "{" || token === "[") open.push(new Set());
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") {
      const name = JSON.parse(last);
      if (open.at(-1).has(name)) throw new Unsound("A name stands twice in the receipt.");
      open.at(-1).add(name);
    }
    last = token;
  }
  return value;
}

function parseProof(text) {
  const cut = text.indexOf("\n\n");
  const lines = text.slice(0, cut).split("\n");
  if (cut < 0 || lines.shift() !== "c2sp.org/tlog-proof@v1") throw new Unsound("This is not a receipt.");
  let extra = null;
  if (lines[0]?.startsWith("extra ")) extra = unbase64(lines.shift().slice(6));
  const index = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? "");
  if (!index || lines.length > 63) throw new Unsound("This is not a receipt.");
  const hashes = lines.map((line) => unbase64(line));
  return { extra, index: Number(index[1]), hashes, checkpoint: text.slice(cut + 2) };
}

async function parseKey(vkey) {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey.trim());
  const raw = match ? unbase64(match[3]) : new Uint8Array();
  if (raw.length !== 33 || raw[0] !== 1) throw new Unsound("The log's key is not readable.");
  const id = (await sha256(concat(utf8.encode(match[1]), [10], raw))).slice(0, 4);
  if (hex(id) !== match[2]) throw new Unsound("The log's key is not readable.");
  let key;
  try {
    key = await crypto.subtle.importKey("raw", raw.slice(1), { name: "Ed25519" }, false, ["verify"]);
  } catch {
    throw new CannotVerify("Ed25519");
  }
  return { name: match[1], id, key };
}

async function openCheckpoint(note, key) {
  const cut = note.lastIndexOf("\n\n");
  if (cut < 0 || !note.endsWith("\n")) throw new Unsound("The checkpoint is not a signed note.");
  const text = note.slice(0, cut + 1);
  let good = false;
  for (const line of note.slice(cut + 2, -1).split("\n")) {
    const match = /^— ([^ ]+) ([^ ]+)$/.exec(line);
    if (!match) throw new Unsound("The checkpoint is not a signed note.");
    const raw = unbase64(match[2]);
    if (match[1] !== key.name || hex(raw.slice(0, 4)) !== hex(key.id)) continue;
    if (!(await crypto.subtle.verify("Ed25519", key.key, raw.slice(4), utf8.encode(text)))) {
      throw new Unsound("The log's signature is wrong.");
    }
    good = true;
  }
  if (!good) throw new Unsound("The log with this key did not sign this receipt.");
  const [origin, size, root] = text.split("\n");
  if (origin !== key.name || !/^(0|[1-9][0-9]{0,15})$/.test(size)) throw new Unsound("The checkpoint is of another log.");
  return { origin, size: Number(size), root: unbase64(root) };
}

/* RFC 9162, 2.1.3.2. Sizes stay below 2^53; halving is done without 32-bit shifts. */
async function checkInclusion(leaf, index, size, hashes, root) {
  const half = (n) => Math.floor(n / 2);
  let fn = index;
  let sn = size - 1;
  let r = leaf;
  if (index >= size) throw new Unsound("The entry is not in the tree that was signed.");
  for (const p of hashes) {
    if (sn === 0 || p.length !== 32) throw new Unsound("The proof is too long.");
    if (fn % 2 === 1 || fn === sn) {
      r = await sha256(concat([1], p, r));
      while (fn % 2 === 0 && fn !== 0) { fn = half(fn); sn = half(sn); }
    } else {
      r = await sha256(concat([1], r, p));
    }
    fn = half(fn);
    sn = half(sn);
  }
  if (sn !== 0 || hex(r) !== hex(root)) throw new Unsound("The entry is not in the tree that was signed.");
}

async function checkCommitment(label, salt, content, expected) {
  if (await commitment(label, unbase64url(salt), content) !== expected) throw new Unsound("The reasons are not those that the entry commits to.");
}

async function commitment(label, salt, content) {
  return base64url(await sha256(concat(utf8.encode(label), salt, utf8.encode(content))));
}

/* A decision is committed to as a whole, what follows it field by field (docs/record.md). */
async function checkOpening(salt, sealed, expected) {
  if (await commitment("amparo.sealed.v1\n", salt, canonical(sealed)) === expected) return;
  const key = await crypto.subtle.importKey("raw", salt, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const fields = {};
  for (const [name, value] of Object.entries(sealed)) {
    const own = new Uint8Array(await crypto.subtle.sign("HMAC", key, utf8.encode(`amparo.field-salt.v1\n${name}`)));
    fields[name] = { hash: await commitment("amparo.field.v1\n", own, canonical({ [name]: value })) };
  }
  await openFields(fields, expected);
}

/* Fields of which some may be kept back; resolves to those that are opened. */
async function openFields(fields, expected) {
  const hashes = {};
  const opened = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = field.value ?? null;
    hashes[name] = field.hash || await commitment("amparo.field.v1\n", unbase64url(field.salt), canonical({ [name]: value }));
    if (!field.hash) opened[name] = value;
  }
  await checkCommitment("amparo.fields.v1\n", "", canonical(hashes), expected);
  return opened;
}

/** RFC 8785 for what an opening holds: objects, lists and texts. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const parts = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${parts.join(",")}}`;
}

async function sha256(bytes) {
  if (!globalThis.crypto?.subtle) throw new CannotVerify("WebCrypto");
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function concat(...parts) {
  const all = parts.map((part) => Uint8Array.from(part));
  const joined = new Uint8Array(all.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of all) { joined.set(part, at); at += part.length; }
  return joined;
}

function unbase64(text) {
  let raw;
  try { raw = Uint8Array.from(atob(text), (c) => c.charCodeAt(0)); } catch { throw new Unsound("A line is damaged."); }
  if (base64(raw) !== text) throw new Unsound("A line is damaged.");
  return raw;
}

function base64(raw) {
  let text = "";
  for (const byte of raw) text += String.fromCharCode(byte);
  return btoa(text);
}

const unbase64url = (text) => unbase64(text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (text.length % 4)) % 4));
const base64url = (raw) => base64(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const hex = (raw) => Array.from(raw, (byte) => byte.toString(16).padStart(2, "0")).join("");
