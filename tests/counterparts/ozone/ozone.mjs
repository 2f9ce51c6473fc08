// An Ozone with a directory of DIDs in memory, for tests/counterparts: no PDS, no other service.
//
//     DB_URL=postgresql://... node ozone.mjs PLC_PORT PORT
//
// Prints one line of JSON once it serves. Then each line of JSON on its input is an event that a
// moderator emits, {event, subject}, and is answered by one line: [status, what Ozone answers].
// Source: @atproto/ozone 0.4.2, its own tests.

import readline from 'node:readline'
import { Secp256k1Keypair } from '@atproto/crypto'
import * as ozone from '@atproto/ozone'
import { createServiceJwt } from '@atproto/xrpc-server'
import * as plc from '@did-plc/lib'
import * as plcServer from '@did-plc/server'
import * as bytes from 'uint8arrays'

const [plcPort, port] = process.argv.slice(2).map(Number)
const address = `http://localhost:${port}`
const directory = `http://localhost:${plcPort}`
const nowhere = 'http://localhost:9'

const plcProcess = plcServer.PlcServer.create({ db: plcServer.Database.mock(), port: plcPort })
await plcProcess.start()
const client = new plc.Client(directory)

/** Registers a DID with a key of its own. */
async function registered(described) {
  const key = await Secp256k1Keypair.create({ exportable: true })
  const operation = await plc.signOperation(
    { type: 'plc_operation', rotationKeys: [key.did()], prev: null, ...described(key) },
    key,
  )
  const did = await plc.didForCreateOp(operation)
  await client.sendOperation(did, operation)
  return { did, key }
}

const account = (handle) =>
  registered((key) => ({
    alsoKnownAs: [`at://${handle}`],
    verificationMethods: { atproto: key.did() },
    services: { atproto_pds: { type: 'AtprotoPersonalDataServer', endpoint: nowhere } },
  }))
const service = await registered((key) => ({
  alsoKnownAs: [],
  verificationMethods: { atproto: key.did(), atproto_label: key.did() },
  services: { atproto_labeler: { type: 'AtprotoLabeler', endpoint: address } },
}))
const moderator = await account('mod.test')
const alice = await account('alice.test')

const database = new ozone.Database({ url: process.env.DB_URL, schema: 'ozone' })
await database.migrateToLatestOrThrow()
await database.close()
const environment = {
  devMode: true,
  version: '0.0.0',
  port,
  didPlcUrl: directory,
  publicUrl: address,
  serverDid: service.did,
  signingKeyHex: bytes.toString(await service.key.export(), 'hex'),
  dbPostgresUrl: process.env.DB_URL,
  dbPostgresSchema: 'ozone',
  appviewUrl: nowhere,
  appviewDid: 'did:web:localhost%3A9',
  appviewPushEvents: false,
  adminPassword: 'admin-pass',
  adminDids: [],
  moderatorDids: [moderator.did],
  triageDids: [],
}
const config = ozone.envToCfg(environment)
const secrets = ozone.envToSecrets(environment)
const server = await ozone.OzoneService.create(config, secrets)
await server.start()
const daemon = await ozone.OzoneDaemon.create(config, secrets)
await daemon.start()
console.log(JSON.stringify({ address, service: service.did, moderator: moderator.did, alice: alice.did }))

const lxm = 'tools.ozone.moderation.emitEvent'
for await (const line of readline.createInterface({ input: process.stdin })) {
  const jwt = { iss: moderator.did, aud: service.did, lxm, keypair: moderator.key }
  const answer = await fetch(`${address}/xrpc/${lxm}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await createServiceJwt(jwt)}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ createdBy: moderator.did, ...JSON.parse(line) }),
  })
  console.log(JSON.stringify([answer.status, await answer.json()]))
}
await daemon.destroy()
await server.destroy()
await plcProcess.destroy()
process.exit(0)
