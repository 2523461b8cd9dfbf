// Signs users in at the user pool's pages, by authorization code with PKCE, and out.
// https://docs.aws.amazon.com/cognito/latest/developerguide/using-pkce-in-authorization-code.html

const PENDING = 'pending-login';
const here = () => `${location.origin}/`;

/** Leaves for the login pages. What proves that the answer is ours waits in this tab's storage. */
export async function signIn(config) {
  const [state, verifier] = [random(), random()];
  sessionStorage.setItem(PENDING, JSON.stringify({ state, verifier }));
  const challenge = base64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
  location.assign(`${config.loginUrl}/oauth2/authorize?${new URLSearchParams({
    response_type: 'code',
    client_id: config.clientId,
    redirect_uri: here(),
    scope: 'openid email',
    state,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })}`);
}

/** The tokens of a login that ends on this page; nothing where none does. */
export async function finishSignIn(config) {
  const answer = new URLSearchParams(location.search);
  if (!answer.has('code') && !answer.has('error')) return null;
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? 'null');
  sessionStorage.removeItem(PENDING);
  // A code is good once: not for a reload, not for a bookmark.
  history.replaceState(null, '', '/');
  if (!pending || answer.get('state') !== pending.state) {
    throw new Error('This answer belongs to no login of this tab. Sign in again.');
  }
  if (answer.has('error')) throw new Error(answer.get('error_description') ?? answer.get('error'));
  const response = await fetch(`${config.loginUrl}/oauth2/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: config.clientId,
      redirect_uri: here(),
      code: answer.get('code'),
      code_verifier: pending.verifier,
    }),
  });
  const tokens = await response.json();
  if (!response.ok) throw new Error(`The code was refused: ${tokens.error ?? response.status}.`);
  return tokens;
}

/** Leaves for the end of the user pool's own session, and comes back. */
export function signOut(config) {
  location.assign(`${config.loginUrl}/logout?${new URLSearchParams({ client_id: config.clientId, logout_uri: here() })}`);
}

/** What an id token says. It came straight from the token endpoint over TLS; AWS checks it again when it is used. */
export function claims(token) {
  const payload = token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/');
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (char) => char.charCodeAt(0))));
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes) {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
