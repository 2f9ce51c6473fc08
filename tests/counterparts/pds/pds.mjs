// A PDS and an Ozone that is reached through it, for tests/counterparts: no AppView, no Redis.
//
//     DB_URL=postgresql://... node pds.mjs PLC_PORT PDS_PORT OZONE_PORT
//
// Prints one line of JSON once both serve. Then each line of JSON on its input is a call on the PDS,
// {method, as, body, headers}, or {letters: true}, or {work: true}, which lets Ozone tell the PDS of
// what it has decided. Each is answered by one line.
// Source: @atproto/dev-env 0.6.7.

import readline from 'node:readline'
import { Secp256k1Keypair } from '@atproto/crypto'
import { TestOzone, TestPds, TestPlc, mockNetworkUtilities } from '@atproto/dev-env'
import * as plc from '@did-plc/lib'

const [plcPort, pdsPort, ozonePort] = process.argv.slice(2).map(Number)
const address = `http://localhost:${ozonePort}`
const nowhere = 'http://localhost:9'

const directory = await TestPlc.create({ port: plcPort })
const key = await Secp256k1Keypair.create({ exportable: true })
const operation = await plc.signOperation(
  {
    type: 'plc_operation',
    rotationKeys: [key.did()],
    prev: null,
    alsoKnownAs: [],
    verificationMethods: { atproto: key.did(), atproto_label: key.did() },
    services: { atproto_labeler: { type: 'AtprotoLabeler', endpoint: address } },
  },
  key,
)
const service = await plc.didForCreateOp(operation)
await new plc.Client(directory.url).sendOperation(service, operation)

const pds = await TestPds.create({
  didPlcUrl: directory.url,
  port: pdsPort,
  inviteRequired: false,
  modServiceUrl: address,
  modServiceDid: service,
})
mockNetworkUtilities(pds)
const letters = []
const { transporter } = pds.ctx.moderationMailer
const send = transporter.sendMail.bind(transporter)
transporter.sendMail = (mail) => {
  letters.push({ to: mail.to, subject: mail.subject, html: mail.html })
  return send(mail)
}
const ozone = await TestOzone.create({
  port: ozonePort,
  plcUrl: directory.url,
  signingKey: key,
  serverDid: service,
  dbPostgresSchema: 'ozone',
  dbPostgresUrl: process.env.DB_URL,
  appviewUrl: nowhere,
  appviewDid: 'did:example:appview',
  appviewPushEvents: false,
  pdsUrl: pds.url,
  pdsDid: pds.ctx.cfg.service.did,
})
const tokens = {}

async function call(method, as, body, headers = {}) {
  const answer = await fetch(`${pds.url}/xrpc/${method}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(as ? { authorization: `Bearer ${tokens[as]}` } : {}),
      ...headers,
    },
    body: JSON.stringify(body),
  })
  return [answer.status, await answer.json().catch(() => null)]
}

const dids = {}
for (const name of ['mod', 'alice']) {
  const account = { handle: `${name}.test`, email: `${name}@x.test`, password: 'pw12345678' }
  const [, made] = await call('com.atproto.server.createAccount', null, account)
  tokens[name] = made.accessJwt
  dids[name] = made.did
}
await ozone.addModeratorDid(dids.mod)
console.log(JSON.stringify({ pds: pds.url, ozone: ozone.url, service, ...dids }))

async function answer(asked) {
  if (asked.letters) return letters
  if (asked.work) return (await ozone.processAll()) ?? null
  return call(asked.method, asked.as, asked.body, asked.headers)
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line))))
}
await ozone.close()
await pds.close()
await directory.close()
process.exit(0)
