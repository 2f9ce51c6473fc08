/* The types of amparo.js. SPDX-License-Identifier: Apache-2.0 */

export interface Finding {
  attribute: string;
  rule: string;
  article: string;
  why: string;
  fix: string;
}

/** A statement of reasons, attribute by attribute as the EU's database takes it. */
export type Statement = Readonly<Record<string, unknown>>;

export interface Stored {
  uuid: string;
  puid: string;
  /** Its place in the log. */
  index: number | null;
  receipt_url: string;
  /** For the person. Shown once: empty if the PUID was known. */
  recourse_url: string;
  ignored: string[];
  /** Whether the PUID was taken before; then this is the first statement, and nothing changed. */
  isKnown: boolean;
  /** Whether it was only tried out, with a test token: nothing is kept, and no receipt made. */
  dryRun: boolean;
  /** Verified; null unless the client has a key to verify with. */
  receipt: Uint8Array | null;
}

export interface Invalid {
  puid: string;
  errors: Record<string, string[]>;
  findings: Finding[];
}

/** Told apart by `"uuid" in outcome`. */
export type Outcome = Stored | Invalid;

export interface Wanted {
  do: string;
  question?: string;
  steps?: unknown[];
  outcome?: string;
  reason?: string;
  disputed?: string;
  /** Of `tell_the_other_side`: not your desk, but a panel or an out-of-court body hears them. */
  before?: "panel" | "body";
}

/** What became of a step in another report of the same address. */
export interface Joined {
  case: string;
  state: "done" | "left";
  what?: string;
  why?: string;
  fix?: string;
}

export interface Case {
  case: string;
  /** What the case began with; `erased` where that is not known any more. */
  kind:
    | "statement"
    | "notice"
    | "misuse"
    | "call"
    | "mandate"
    | "ruling"
    | "file"
    | "leads"
    | "erased";
  decision: string;
  complaint: string;
  hold: string;
  remedy: string;
  interim: string;
  panel: string;
  outcome: string | null;
  wanted: Wanted[];
  /** Name of a time limit and when it ends, UTC. */
  due: Record<string, string>;
  /** The organisation that speaks for whoever complained (DSA Article 86). */
  represented_by?: string;
  linked?: string[];
  /** Of a report among orders: others of the same address, which one answer can be for. */
  same_address?: string[];
  same_address_as?: string;
  /** Of an answer that named others: what became of each. */
  also?: Joined[];
}

export interface Orders {
  orders: Case[];
  /** How many people nobody has told of their decision; null: not counted yet. */
  untold: number | null;
  webhook: { url: string; state: string; failures: number; why: string; since: string | null } | null;
}

export interface Notice {
  email?: string;
  language?: string;
  decided_by?: string[];
  content?: string;
}

export interface NoticeOutcome {
  uuid: string;
  state: "queued" | "informed" | "known" | "refused";
  what?: string;
  why?: string;
  fix?: string;
}

export interface NoticeAnswer {
  result: "acted" | "not_acted";
  reasons: string;
  automated?: boolean;
  decided_by?: string[];
  statement?: string;
  no_statement?: string;
  also?: string[];
}

export interface Remedy {
  result: "implemented" | "partly" | "refused" | "impossible";
  reasons?: string;
  statement?: string;
  also?: string[];
  order?: string;
}

export interface Patience {
  tries: number;
  firstSeconds: number;
  longestSeconds: number;
  /** A Retry-After beyond that is an error at once. */
  mostAskedSeconds: number;
}

export interface Notified {
  type: string;
  case: string;
  at: string;
  orders_url: string;
  statement: string | null;
  complaint: string | null;
  remedy: string | null;
  hold: string | null;
  due: Record<string, string>;
}

export interface Proven {
  origin: string;
  size: number;
  index: number;
  entry: Record<string, any>;
  /** The reasons; null where they were erased. */
  sealed: Record<string, unknown> | null;
  puid: string | null;
}

export type Kind = "denied" | "malformed" | "missing" | "refused" | "unavailable";

export class AmparoError extends Error {
  constructor(kind: Kind, message: string, why: string, fix: string);
  kind: Kind;
  why: string;
  fix: string;
}

/** A receipt that does not hold, or is of something else. */
export class Unsound extends Error {}

/** This browser or runtime lacks what verifying needs (Ed25519 in WebCrypto). */
export class CannotVerify extends Error {}

type Many<T> = Iterable<T> | AsyncIterable<T>;

export class Client {
  constructor(url: string, token: string, options?: { vkey?: string; patience?: Partial<Patience> });
  checkToken(): Promise<void>;
  submit(statement: Statement): Promise<Outcome>;
  tryOut(statement: Statement): Promise<Invalid | null>;
  submitAll<S extends Statement>(statements: Many<S>): AsyncGenerator<[S, Outcome], void>;
  receipt(uuid: string, options?: { puid?: string; sent?: Statement | null }): Promise<Uint8Array>;
  tellPerson(uuid: string, notice?: Notice): Promise<Case>;
  tellPeople(notices: Many<Notice & { uuid: string }>): AsyncGenerator<NoticeOutcome, void>;
  orders(): Promise<Orders>;
  case(uuid: string): Promise<Case>;
  keepEvidence(uuid: string, fields: { kept: boolean; reason?: string; page?: string }): Promise<Case>;
  answerOrderAtOnce(uuid: string, fields: { result: "done" | "impossible"; reasons?: string; order?: string }): Promise<Case>;
  reportRemedy(uuid: string, fields: Remedy): Promise<Case>;
  answerQuestion(uuid: string, fields: { text: string }): Promise<Case>;
  takePosition(uuid: string, fields: { text: string; content?: string }): Promise<Case>;
  challengeMember(uuid: string, fields: { member: string; reasons: string }): Promise<Case>;
  showAccount(uuid: string, fields: { word: string; seen?: string }): Promise<Case>;
  tellOtherSide(uuid: string, fields: { email?: string; language?: string; cannot?: string }): Promise<Case>;
  answerNotice(uuid: string, fields: NoticeAnswer): Promise<Case>;
}

export const MOST_IN_BATCH: number;
export const MOST_BATCH_BYTES: number;
export const TOLERANCE_SECONDS: number;
export const PATIENCE: Readonly<Patience>;

export function isRepeated(status: number | null, idempotent: boolean): boolean;
export function waitSeconds(patience: Patience, attempt: number, asked: string, now: number, chance: number): number | null;
export function batches<T>(items: Many<T>): AsyncGenerator<T[], void>;

type HeadersGiven = Headers | Readonly<Record<string, string>>;
export function verifyWebhook(headers: HeadersGiven, body: Uint8Array, secret: string, now?: number): Promise<string>;
export function readWebhook(headers: HeadersGiven, body: Uint8Array, secret: string, now?: number): Promise<Notified>;

export function verifyReceipt(bytes: Uint8Array, vkey: string): Promise<Proven>;
export function checkReceipt(bytes: Uint8Array, vkey: string, statement: { uuid: string; puid: string; sent?: Statement | null }): Promise<Proven>;
