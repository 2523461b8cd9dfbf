// Credentials of the identity pool, and requests signed with them, by the browser's own cryptography.

/** Temporary credentials: those of a user with an id token, of a guest without one. */
export async function credentials(config, idToken) {
  const logins = idToken ? { Logins: { [config.loginProvider]: idToken } } : {};
  const { IdentityId } = await identity(config, 'GetId', { IdentityPoolId: config.identityPoolId, ...logins });
  const { Credentials } = await identity(config, 'GetCredentialsForIdentity', { IdentityId, ...logins });
  return { accessKeyId: Credentials.AccessKeyId, secretKey: Credentials.SecretKey, sessionToken: Credentials.SessionToken };
}

async function identity(config, action, body) {
  const response = await fetch(`${config.identityUrl}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AWSCognitoIdentityService.${action}` },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`The identity pool refuses: ${answer.message ?? answer.__type ?? response.status}`);
  return answer;
}

/**
 * The headers of a signed GET request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function sign({ accessKeyId, secretKey, sessionToken }, { url, region, service, now = new Date() }) {
  const { host, pathname, searchParams } = new URL(url);
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const headers = { host, 'x-amz-date': time, ...(sessionToken && { 'x-amz-security-token': sessionToken }) };
  const names = Object.keys(headers).sort();
  const pairs = [...searchParams].map((pair) => pair.map(encoded).join('=')).sort();
  const request = [
    'GET',
    pathname.split('/').map(encoded).join('/'),
    pairs.join('&'),
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    hex(await sha256('')),
  ].join('\n');
  const scope = [time.slice(0, 8), region, service, 'aws4_request'];
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), hex(await sha256(request))].join('\n');
  let key = new TextEncoder().encode(`AWS4${secretKey}`);
  for (const part of scope) key = await hmac(key, part);
  const signature = hex(await hmac(key, text));
  // Browsers set Host themselves.
  const { host: _, ...sent } = headers;
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope.join('/')}, `
      + `SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

const bytes = (text) => new TextEncoder().encode(text);
const sha256 = (text) => crypto.subtle.digest('SHA-256', bytes(text));
const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
const encoded = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

async function hmac(key, text) {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return crypto.subtle.sign('HMAC', imported, bytes(text));
}
