/* A client of an Amparo node, for Node.js 20 and later and for browsers, without dependencies.
 *
 * The same as `amparo.client` in Python, and held to the same vectors (tests/vectors/client).
 * Receipts are verified by the file with which a node's own page does it. A platform's token does
 * not belong into a page: in a browser, use `verifyReceipt` and `checkReceipt`.
 * SPDX-License-Identifier: Apache-2.0 */

import { CannotVerify, Unsound, verify } from "./receipt.js";

export { CannotVerify, Unsound, verify as verifyReceipt };

export const MOST_IN_BATCH = 100;
export const MOST_BATCH_BYTES = 12 * 2 ** 20;
export const TOLERANCE_SECONDS = 300;
const MOST_SIGNATURES = 20;
const CALL_SECONDS = 60;
const MOST_ANSWER_BYTES = 32 * 2 ** 20;
const MOST_ASKED_SECONDS = 86400;
const NOT_CARRIED_OUT = [429, 503, 507];
const UNCLEAR = [500, 502, 504];
const SURELY = ["category", "decision_ground", "decision_facts"];
const IF_SHOWN = [
  "illegal_content_legal_ground",
  "illegal_content_explanation",
  "incompatible_content_ground",
  "incompatible_content_explanation",
];
const utf8 = new TextEncoder();

/** What a node or a webhook was refused for: `kind`, and what, why and how to mend it. */
export class AmparoError extends Error {
  constructor(kind, message, why, fix) {
    super(message);
    Object.assign(this, { name: "AmparoError", kind, why, fix });
  }
}

/** Asks one node with a platform's token; `vkey` is the log's key, from elsewhere than the node. */
export class Client {
  #url;
  #token;
  #vkey;
  #patience;

  constructor(url, token, { vkey = "", patience = {} } = {}) {
    this.#url = url.replace(/\/+$/, "");
    this.#token = token;
    this.#vkey = vkey;
    this.#patience = { ...PATIENCE, ...patience };
  }

  /** Rejects with kind `denied` unless the token is good. */
  async checkToken() {
    await this.#ask("GET", "/api/ping");
  }

  /** Submit one statement; what is stored has `uuid`, what is invalid `errors` and `findings`. */
  async submit(statement) {
    const { status, body } = await this.#send("/api/v1/statement", statement);
    const puid = puidOf(statement);
    if (status !== 422) return this.#withReceipt(stored(body, puid, false), statement);
    if (body.existing && body.uuid) return this.#withReceipt(stored(body, puid, true), null);
    return invalid(puid, body.errors, body.findings);
  }

  /** What is wrong with a statement, null if nothing is; nothing goes on the record.
   *
   * Rejects with kind `refused` where a node took it all the same, not knowing this. */
  async tryOut(statement) {
    const { status, body } = await this.#send("/api/v1/statement", statement, { dry_run: "1" });
    if (status === 422) return invalid(puidOf(statement), body.errors, body.findings);
    if (body.dry_run === true) return null;
    throw new AmparoError("refused", "The statement was not tried out: it is on the record.", "the node does not know `dry_run`, and took it as any other", "Try no more out there before the node is a newer one.");
  }

  /** Submit any number, 100 a call; yields [statement, outcome] in their order. */
  async *submitAll(statements) {
    for await (const batch of batches(statements)) {
      const outcomes = await this.#submitBatch(batch);
      for (const [n, statement] of batch.entries()) yield [statement, outcomes[n]];
    }
  }

  /** A statement's receipt as bytes; checked if the client has a key and `puid` is given. */
  async receipt(uuid, { puid = "", sent = null } = {}) {
    const { bytes } = await this.#ask("GET", `/api/v1/statement/${part(uuid)}/receipt`);
    if (this.#vkey && puid) await checkReceipt(bytes, this.#vkey, { uuid, puid, sent });
    return bytes;
  }

  /** Have the node tell the person by mail; without `email`, say that you told them. */
  tellPerson(uuid, notice = {}) {
    return this.#step(`statement/${part(uuid)}/notice`, notice);
  }

  /** The same for many, 100 a call: `uuid` and the fields of `tellPerson` each. */
  async *tellPeople(notices) {
    for await (const batch of batches(notices)) {
      const options = { idempotent: true };
      const { body } = await this.#ask("POST", "/api/v1/notices", { notices: batch }, options);
      yield* listed(body.notices, batch.length);
    }
  }

  /** Everything that waits for the platform. */
  async orders() {
    return (await this.#ask("GET", "/api/v1/orders")).body;
  }

  /** Where one case stands. */
  async case(uuid) {
    return (await this.#ask("GET", `/api/v1/case/${part(uuid)}`)).body;
  }

  /** `fields.page`: where everybody could read the content; the node looks at it. */
  keepEvidence(uuid, fields) { return this.#step(`case/${part(uuid)}/hold`, fields); }
  answerOrderAtOnce(uuid, fields) { return this.#step(`case/${part(uuid)}/interim`, fields); }
  reportRemedy(uuid, fields) { return this.#step(`case/${part(uuid)}/remedy`, fields); }
  answerQuestion(uuid, fields) { return this.#step(`case/${part(uuid)}/answer`, fields); }
  takePosition(uuid, fields) { return this.#step(`case/${part(uuid)}/position`, fields); }
  challengeMember(uuid, fields) { return this.#step(`case/${part(uuid)}/challenge`, fields); }
  showAccount(uuid, fields) { return this.#step(`case/${part(uuid)}/claim`, fields); }
  tellOtherSide(uuid, fields) { return this.#step(`case/${part(uuid)}/other-side`, fields); }
  answerNotice(uuid, fields) { return this.#step(`notice/${part(uuid)}/answer`, fields); }

  async #step(path, fields) {
    return (await this.#ask("POST", `/api/v1/${path}`, fields)).body;
  }

  async #submitBatch(batch) {
    const outcomes = new Map();
    for (;;) {
      const left = batch.map((_, n) => n).filter((n) => !outcomes.has(n));
      if (!left.length) return batch.map((_, n) => outcomes.get(n));
      const statements = left.map((n) => batch[n]);
      const { status, body } = await this.#send("/api/v1/statements", { statements });
      if (status !== 422) {
        for (const [place, added] of listed(body.statements, left.length).entries()) {
          const sent = statements[place];
          outcomes.set(left[place], await this.#withReceipt(stored(added, puidOf(sent), false), sent));
        }
        continue;
      }
      for (const [place, outcome] of refused(body, statements)) {
        outcomes.set(left[place], outcome ?? (await this.submit(statements[place])));
      }
    }
  }

  #send(path, body, query = {}) {
    const asked = new URLSearchParams(this.#vkey ? { ...query, wait: "receipt" } : query);
    return this.#ask("POST", `${path}?${asked}`, body, { idempotent: true, also: 422 });
  }

  async #withReceipt(found, sent) {
    if (!this.#vkey || found.dryRun) return found;
    return { ...found, receipt: await this.receipt(found.uuid, { puid: found.puid, sent }) };
  }

  async #ask(method, path, body, { idempotent = method === "GET", also = 0 } = {}) {
    const raw = body === undefined ? undefined : JSON.stringify(body);
    for (let attempt = 0; ; attempt += 1) {
      let answer = null;
      let failure = null;
      try {
        answer = await this.#once(method, path, raw);
        if (answer.ok || answer.status === also) return readable(answer, path);
        failure = refusal(answer);
      } catch (error) {
        if (error instanceof AmparoError) throw error;
        failure = new AmparoError("unavailable", "There was no answer.", `${path}: ${error.cause?.message ?? error.message}`, "Try again later.");
      }
      const again = isRepeated(answer?.status ?? null, idempotent);
      const asked = answer?.retryAfter ?? "";
      const now = Math.floor(Date.now() / 1000);
      const wait = again ? waitSeconds(this.#patience, attempt, asked, now, Math.random()) : null;
      if (wait === null) throw failure;
      await new Promise((done) => { setTimeout(done, wait * 1000); });
    }
  }

  async #once(method, path, body) {
    const response = await fetch(this.#url + path, {
      method,
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(CALL_SECONDS * 1000),
      headers: {
        authorization: `Bearer ${this.#token}`,
        "content-type": "application/json",
        accept: "application/json",
      },
    });
    const bytes = await bounded(response);
    const { ok, status, headers } = response;
    return { ok, status, bytes, body: parsed(bytes), retryAfter: headers.get("retry-after") ?? "" };
  }
}

/* --- when a call is made again ---------------------------------------------------------------- */

export const PATIENCE = Object.freeze({ tries: 6, firstSeconds: 1, longestSeconds: 60, mostAskedSeconds: 600 });

/** Whether to call again after a status, or after no answer (null). */
export function isRepeated(status, idempotent) {
  return NOT_CARRIED_OUT.includes(status) || (idempotent && (status === null || UNCLEAR.includes(status)));
}

/** Seconds to wait after `attempt` (0: the first) failed; null: go on no longer. */
export function waitSeconds(patience, attempt, asked, now, chance) {
  if (attempt + 1 >= patience.tries) return null;
  const jitter = chance * Math.min(patience.longestSeconds, patience.firstSeconds * 2 ** attempt);
  const least = retryAfterSeconds(asked, now) ?? 0;
  return least > patience.mostAskedSeconds ? null : least + jitter;
}

/* RFC 9110, 10.2.3: seconds, or a date. */
function retryAfterSeconds(value, now) {
  const text = value.trim();
  const isDate = /^[A-Za-z]{3,9}, .*[0-9]/.test(text);
  const wanted = /^[0-9]+$/.test(text) ? Number(text) : isDate ? Math.floor(Date.parse(text) / 1000) - now : NaN;
  return Number.isNaN(wanted) ? null : Math.min(Math.max(wanted, 1), MOST_ASKED_SECONDS);
}

/* --- webhooks --------------------------------------------------------------------------------- */

/** What a webhook tells; rejects with `denied` unless it was signed with this secret, just now.
 *
 * `headers`: an object or Headers; `body`: the bytes as they came; `now`: POSIX seconds. */
export async function readWebhook(headers, body, secret, now = Date.now() / 1000) {
  await verifyWebhook(headers, body, secret, now);
  const told = parsed(body);
  if (typeof told?.type === "string" && typeof told.case === "string") return told;
  throw new AmparoError("malformed", "This webhook cannot be read.", "it names no type or no case", "Answer 2xx, and ask for the orders.");
}

/** The id of a webhook that was signed with this secret, just now. */
export async function verifyWebhook(headers, body, secret, now = Date.now() / 1000) {
  const key = await webhookKey(secret);
  const entries = headers instanceof Headers ? headers : Object.entries(headers);
  const given = Object.fromEntries([...entries].map(([name, value]) => [name.toLowerCase(), value]));
  const name = given["webhook-id"];
  const at = given["webhook-timestamp"] ?? "";
  if (!name || !/^[0-9]{1,12}$/.test(at)) throw denied("webhook-id or webhook-timestamp is missing, or is none");
  if (Math.abs(now - Number(at)) > TOLERANCE_SECONDS) throw denied(`it was signed at ${at}, and here it is ${Math.floor(now)}`);
  const head = utf8.encode(`${name}.${at}.`);
  const signed = new Uint8Array(head.length + body.length);
  signed.set(head);
  signed.set(body, head.length);
  for (const one of (given["webhook-signature"] ?? "").split(" ").slice(0, MOST_SIGNATURES)) {
    const made = one.startsWith("v1,") ? unbase64(one.slice(3)) : null;
    if (made && (await crypto.subtle.verify("HMAC", key, made, signed))) return name;
  }
  throw denied("no signature is that of this secret over this body");
}

async function webhookKey(secret) {
  const raw = secret.startsWith("whsec_") ? unbase64(secret.slice(6)) : null;
  if (!raw?.length) throw new AmparoError("malformed", "That is no secret of a webhook.", "it is not whsec_ and base64", "Use what `amparo platform webhook NAME URL` printed.");
  return crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

function denied(why) {
  return new AmparoError("denied", "This webhook is not the node's.", why, "Answer 401 and do nothing. Check the clock, and that the body was not changed.");
}

/* --- receipts --------------------------------------------------------------------------------- */

/** What a receipt proves; `Unsound` unless it is the one of this statement.
 *
 * `sent`: its attributes, where they were sent just now; null: they are not compared. */
export async function checkReceipt(bytes, vkey, { uuid, puid, sent = null }) {
  const proven = await verify(bytes, vkey);
  const { entry, sealed } = proven;
  if (entry.type !== "decision.issued" || entry.case !== uuid) throw new Unsound(`This receipt is not of ${uuid}.`);
  if (sealed && proven.puid !== puid.trim()) throw new Unsound("This receipt is of another identifier.");
  if (!sent) return proven;
  const shown = { ...entry.public, ...sealed };
  for (const name of [...SURELY, ...IF_SHOWN.filter((one) => one in shown)]) {
    if (shown[name] !== String(sent[name]).trim()) throw new Unsound(`${name} in the log is not what was sent.`);
  }
  return proven;
}

/* --- answers ---------------------------------------------------------------------------------- */

function stored(body, puid, isKnown) {
  const { uuid, index = null, receipt_url = "", recourse_url = "", ignored = [] } = body;
  if (typeof uuid !== "string") throw unreadable("no uuid");
  const flags = { isKnown, dryRun: body.dry_run === true };
  return { uuid, puid, index, receipt_url, recourse_url, ignored, ...flags, receipt: null };
}

function invalid(puid, errors = {}, findings = []) {
  return { puid, errors, findings };
}

/* Place in the batch and why it was refused; null where its PUID is known, or stands twice. */
function refused(body, statements) {
  const { errors = {}, findings = {} } = body;
  const known = new Set(errors.existing_puids);
  const found = new Map();
  for (const [n, statement] of statements.entries()) {
    const name = `statement_${n}`;
    if (name in errors) found.set(n, invalid(puidOf(statement), errors[name], findings[name]));
    else if (known.has(puidOf(statement))) found.set(n, null);
  }
  if (found.size) return found;
  throw new AmparoError("malformed", "The batch was refused.", body.message ?? JSON.stringify(errors).slice(0, 500), "Submit its statements one by one.");
}

function listed(items, length) {
  if (!Array.isArray(items) || items.length !== length) throw unreadable(`not ${length} of what was sent`);
  return items;
}

function readable(answer, path) {
  if (answer.body === null && !path.endsWith("/receipt")) throw unreadable(`status ${answer.status}, and no JSON object`);
  return answer;
}

function unreadable(why) {
  return new AmparoError("unavailable", "The answer cannot be read.", why, "Look whether the address is that of a node.");
}

function refusal({ status, body }) {
  const kinds = { 401: "denied", 403: "denied", 404: "missing", 409: "refused", 410: "refused" };
  const later = NOT_CARRIED_OUT.includes(status) || status >= 500;
  const kind = later ? "unavailable" : kinds[status] ?? (status < 400 ? "refused" : "malformed");
  const fix = "Look whether the address is that of a node.";
  return new AmparoError(kind, body?.message ?? "The node did not do what it was asked for.", body?.why ?? `it answered ${status}`, body?.fix ?? fix);
}

/** Cut into lists that one call takes: at most 100 of them, at most 12 MiB as JSON. */
export async function* batches(items) {
  let batch = [];
  let size = 0;
  for await (const item of items) {
    const bytes = utf8.encode(JSON.stringify(item)).length + 1;
    if (batch.length && (batch.length === MOST_IN_BATCH || size + bytes > MOST_BATCH_BYTES)) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(item);
    size += bytes;
  }
  if (batch.length) yield batch;
}

async function bounded(response) {
  const pieces = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > MOST_ANSWER_BYTES) throw unreadable(`it sent more than ${MOST_ANSWER_BYTES} bytes`);
    pieces.push(piece);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

function parsed(bytes) {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return value && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function unbase64(text) {
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) return null;
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

const puidOf = (statement) => String(statement.puid ?? "").trim();
const part = (name) => encodeURIComponent(name);
