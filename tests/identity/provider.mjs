// A real OpenID Connect provider (oidc-provider from npm) for the tests, as an organisation runs one: discovery, PKCE, login and
// consent by forms, rotating keys. node provider.mjs PORT CALLBACK… prints "ready". People: whoever types an address; the level is
// chosen on the login page, as if by means of authentication.
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const [port, ...callbacks] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const jwk = (kind, options, more) => ({ ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }), use: 'sig', ...more });
const keys = [
  jwk('rsa', { modulusLength: 2048 }, { kid: 'rsa', alg: 'RS256' }),
  jwk('rsa', { modulusLength: 2048 }, { kid: 'pss', alg: 'PS256' }),
  jwk('ec', { namedCurve: 'P-256' }, { kid: 'ec', alg: 'ES256' }),
  jwk('ed25519', {}, { kid: 'ed', alg: 'EdDSA' }),
];
const client = (client_id, id_token_signed_response_alg, token_endpoint_auth_method = 'client_secret_basic') => ({
  client_id,
  ...(token_endpoint_auth_method === 'none' ? {} : { client_secret: 'secret-of-the-tests-0123456789abcdef' }),
  redirect_uris: callbacks,
  token_endpoint_auth_method,
  id_token_signed_response_alg,
  grant_types: ['authorization_code'],
  response_types: ['code'],
});

const provider = new Provider(issuer, {
  clients: [client('rs256', 'RS256'), client('ps256', 'PS256', 'client_secret_post'), client('es256', 'ES256', 'none'), client('eddsa', 'EdDSA')],
  jwks: { keys },
  acrValues: ['urn:test:low', 'urn:test:substantial', 'urn:test:high'],
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
  claims: { openid: ['sub', 'acr', 'amr', 'auth_time'], email: ['email', 'email_verified'], profile: ['name', 'person'] },
  pkce: { methods: ['S256'], required: () => true },
  features: { devInteractions: { enabled: false } },
  cookies: { keys: ['tests'] },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: id, email_verified: !id.startsWith('unverified'), name: id.split('@')[0], person: `XX/${id}` }),
  }),
});
// The tests' issuer speaks plain http on this machine.
const { invalidate } = provider.Client.Schema.prototype;
provider.Client.Schema.prototype.invalidate = function (message, code) {
  if (code !== 'implicit-force-https' && code !== 'implicit-forbid-localhost') invalidate.call(this, message, code);
};

const form = (uid, prompt) => `<!doctype html><title>Test provider</title><h1>${prompt}</h1><form method="post" action="/interaction/${uid}">
${prompt === 'login' ? '<label>Address <input name="login" type="email" required></label><label>Means <input name="acr" value="urn:test:substantial"></label>' : '<input type="hidden" name="agree" value="1">'}
<button name="go" value="1">Continue</button></form><form method="post" action="/interaction/${uid}"><button name="abort" value="1">Abort</button></form>`;

async function body_of(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return new URLSearchParams(text);
}

async function interact(request, response) {
  const details = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    return response.end(form(details.uid, details.prompt.name));
  }
  const body = await body_of(request);
  const finish = (result) => provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
  if (body.get('abort')) return finish({ error: 'access_denied', error_description: 'The person broke it off.' });
  if (details.prompt.name === 'login')
    return finish({ login: { accountId: body.get('login'), acr: body.get('acr'), amr: ['pwd'], remember: false } });
  const grant = details.grantId ? await provider.Grant.find(details.grantId) : new provider.Grant({ accountId: details.session.accountId, clientId: details.params.client_id });
  const missing = details.prompt.details;
  if (missing.missingOIDCScope) grant.addOIDCScope(missing.missingOIDCScope.join(' '));
  if (missing.missingOIDCClaims) grant.addOIDCClaims(missing.missingOIDCClaims);
  return finish({ consent: { grantId: await grant.save() } });
}

const callback = provider.callback();
createServer((request, response) => {
  if (request.url.startsWith('/interaction/'))
    interact(request, response).catch((error) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  else callback(request, response);
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
