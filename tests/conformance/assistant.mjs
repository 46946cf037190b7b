// An assistant on the official TypeScript client that knows an address alone:
//   node assistant.mjs FOLDER_OF_PACKAGES URL
// Says on a line of JSON each where a browser has to go, and what came of each step.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const [, , packages, address] = process.argv;
const { Client, StreamableHTTPClientTransport } = createRequire(`${packages}/x`)(
  "@modelcontextprotocol/client",
);
const say = (said) => console.log(JSON.stringify(said));

let cameBack;
const back = createServer((request, response) => {
  response.setHeader("content-type", "text/html").end("<h1>Connected</h1>");
  cameBack(new URL(request.url, "http://127.0.0.1").searchParams);
});
await new Promise((listening) => back.listen(0, "127.0.0.1", listening));
const redirect = `http://127.0.0.1:${back.address().port}/callback`;

const kept = {};
const memory = {
  redirectUrl: redirect,
  clientMetadata: {
    client_name: "Script Assistant",
    redirect_uris: [redirect],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  },
  state: () => (kept.state ??= crypto.randomUUID()),
  clientInformation: () => kept.client,
  saveClientInformation: (client) => (kept.client = client),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => (kept.tokens = tokens),
  codeVerifier: () => kept.verifier,
  saveCodeVerifier: (verifier) => (kept.verifier = verifier),
  discoveryState: () => kept.discovered,
  saveDiscoveryState: (discovered) => (kept.discovered = discovered),
  redirectToAuthorization: (url) => say({ visit: url.href }),
};

async function ask() {
  const transport = new StreamableHTTPClientTransport(new URL(address), { authProvider: memory });
  const client = new Client({ name: "script-assistant", version: "1" });
  try {
    await client.connect(transport);
    const { tools } = await client.listTools();
    const { structuredContent } = await client.callTool({ name: "whoami", arguments: {} });
    return { clinic: structuredContent.clinic, tools: tools.length };
  } finally {
    await client.close();
  }
}

async function signIn() {
  const arrived = new Promise((resolve) => (cameBack = resolve));
  const transport = new StreamableHTTPClientTransport(new URL(address), { authProvider: memory });
  const client = new Client({ name: "script-assistant", version: "1" });
  try {
    await client.connect(transport);
    throw new Error("it was let in without anybody's consent");
  } catch (error) {
    if (error.name !== "UnauthorizedError") throw error;
  }
  const answer = await arrived;
  if (answer.get("state") !== kept.state) throw new Error("the state is another");
  await transport.finishAuth(answer);
}

await signIn();
say({ signedIn: await ask() });
const before = kept.tokens;
kept.tokens = { ...before, access_token: `${before.access_token}x` };
say({ refreshed: await ask(), another: kept.tokens.refresh_token !== before.refresh_token });
const refused = () =>
  ask().then(
    () => "was let in",
    (error) => error.code ?? error.name,
  );
const after = kept.tokens;
kept.tokens = { ...after, access_token: "x", refresh_token: before.refresh_token };
say({ usedTwice: await refused() });
kept.tokens = after;
say({ itsFamily: await refused() });
back.close();
