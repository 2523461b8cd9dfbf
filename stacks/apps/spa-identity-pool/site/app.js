// What the page does: who is signed in, and what the API answers.

import { credentials, sign } from './aws.js';
import { claims, finishSignIn, signIn, signOut } from './login.js';

const at = (id) => document.getElementById(id);
let idToken = null;

const config = await (await fetch('/config.json', { cache: 'no-store' })).json();
at('sign-in').addEventListener('click', () => signIn(config));
at('sign-out').addEventListener('click', () => {
  // The browser may keep this page for its back button, with everything in memory.
  guest();
  signOut(config);
});
at('calls').addEventListener('submit', (event) => {
  event.preventDefault();
  call(event.submitter.value);
});
try {
  const tokens = await finishSignIn(config);
  if (tokens) welcome(tokens.id_token);
} catch (error) {
  show(error.message, 'refused');
}
at('sign-in').disabled = false;
at('methods').disabled = false;

function welcome(token) {
  idToken = token;
  at('who').textContent = `You are signed in as ${claims(token).email}.`;
  at('sign-in').hidden = true;
  at('sign-out').hidden = false;
}

function guest() {
  idToken = null;
  at('who').textContent = 'You are a guest.';
  at('sign-in').hidden = false;
  at('sign-out').hidden = true;
  show('Nothing was called yet.');
}

async function call(path) {
  at('methods').disabled = true;
  show(`Calling ${path} …`);
  try {
    const url = config.apiUrl + path;
    const key = at('key').value.trim();
    const signed = path === '/require-auth' ? await signedFor(url) : {};
    const response = await fetch(url, { headers: { ...signed, ...(key && { 'x-api-key': key }) } });
    show(`${path} answered ${response.status}`, response.ok ? 'accepted' : 'refused', await response.text());
  } catch (error) {
    show(`${path} could not be called: ${error.message}`, 'refused');
  }
  at('methods').disabled = false;
}

async function signedFor(url) {
  return sign(await credentials(config, idToken), { url, region: config.region, service: 'execute-api' });
}

function show(status, outcome = '', body = '') {
  at('status').textContent = status;
  at('status').dataset.outcome = outcome;
  at('body').hidden = !body;
  at('body').textContent = body;
}
