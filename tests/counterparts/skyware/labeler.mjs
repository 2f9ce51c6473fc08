// A Skyware labeler: DID, secret key in hexadecimal, file of its database.
// A line of JSON on standard input is a label to set; its number comes back.
import readline from "node:readline";
import { LabelerServer } from "@skyware/labeler";

const [did, signingKey, dbPath] = process.argv.slice(2);
const server = new LabelerServer({ did, signingKey, dbPath });
server.start({ port: 0, host: "127.0.0.1" }, (error, address) => {
  console.log(JSON.stringify({ error: error?.message, address }));
});
for await (const line of readline.createInterface({ input: process.stdin })) {
  const { id } = await server.createLabel(JSON.parse(line));
  console.log(JSON.stringify({ id }));
}
process.exit(0);
