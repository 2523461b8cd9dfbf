// Shows the contacts and the actions that the user may do with each. The server checks every action again.

const at = (id) => document.getElementById(id);
let edited = null;

at('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const details = { name: at('contact-name').value, email: at('contact-email').value };
  const done = edited
    ? await ask('PUT', `/api/contacts/${edited}`, details)
    : await ask('POST', '/api/contacts', details);
  if (done) {
    const message = edited ? `Changed ${details.name}.` : `Added ${details.name}.`;
    edit(null);
    await show(message);
    at('contact-name').focus();
  }
});
at('cancel').addEventListener('click', () => edit(null));
show('');

// Sends a request to the API. Returns the answer, or null with the error on the page.
async function ask(method, address, body) {
  at('error').textContent = '';
  const options = { method, headers: {} };
  if (body) {
    options.headers['Content-Type'] = 'application/json';
    options.body = JSON.stringify(body);
  }
  try {
    const answer = await fetch(address, options);
    if (answer.status === 401) {
      signedOut();
      return null;
    }
    const found = answer.status === 204 ? {} : await answer.json();
    if (answer.ok) return found;
    at('error').textContent = sentence(found.error);
  } catch {
    at('error').textContent = 'The server does not answer. Try again in a moment.';
  }
  return null;
}

async function show(message) {
  const found = await ask('GET', '/api/contacts');
  if (!found) return;
  at('signed-out').hidden = true;
  at('me').hidden = false;
  at('name').textContent = found.me.name;
  at('roles').textContent = found.me.roles.join(', ') || 'in no group';
  at('form').hidden = !(found.mayCreate || edited);
  at('contacts').hidden = false;
  at('rows').replaceChildren(...found.contacts.map((contact) => row(contact, found.me)));
  at('status').textContent = message || (found.contacts.length === 0 ? 'There are no contacts that you may see.' : '');
}

function signedOut() {
  for (const id of ['me', 'form', 'contacts']) at(id).hidden = true;
  at('status').textContent = '';
  at('signed-out').hidden = false;
}

function row(contact, me) {
  const line = document.createElement('tr');
  const name = cell('th', contact.name);
  name.scope = 'row';
  const owner = contact.ownerId === me.id ? 'you' : contact.ownerName;
  const actions = document.createElement('td');
  if (contact.may.includes('update')) actions.append(button('Edit', contact, () => edit(contact)));
  if (contact.may.includes('delete')) actions.append(button('Delete', contact, () => remove(contact)));
  if (!actions.hasChildNodes()) actions.textContent = 'see only';
  line.append(name, cell('td', contact.email), cell('td', owner), actions);
  return line;
}

function cell(kind, text) {
  const made = document.createElement(kind);
  made.textContent = text;
  return made;
}

function button(what, contact, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = what;
  made.setAttribute('aria-label', `${what} ${contact.name}`);
  made.addEventListener('click', act);
  return made;
}

function edit(contact) {
  edited = contact?.id ?? null;
  at('doing').textContent = contact ? `Change ${contact.name}` : 'Add a contact';
  at('save').textContent = contact ? 'Save' : 'Add';
  at('cancel').hidden = !contact;
  at('contact-name').value = contact?.name ?? '';
  at('contact-email').value = contact?.email ?? '';
  at('form').hidden = false;
  if (contact) at('contact-name').focus();
}

async function remove(contact) {
  if (await ask('DELETE', `/api/contacts/${contact.id}`)) {
    if (edited === contact.id) edit(null);
    await show(`Deleted ${contact.name}.`);
    // The button that had the focus is gone.
    at('contact-name').focus();
  }
}

function sentence(text) {
  return text ? `${text[0].toUpperCase()}${text.slice(1)}.` : 'Something went wrong.';
}
