// Passkeys (Web Authentication): each form that carries data-passkey is shown where the browser knows them; its button
// asks the authenticator, puts the answer into the form's hidden fields and sends it as any form.
'use strict';
(function () {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const encode = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

  async function create(data) {
    const made = await navigator.credentials.create({
      publicKey: {
        challenge: decode(data.challenge),
        rp: { id: data.rp, name: data.organisation },
        user: { id: decode(data.user), name: data.organisation, displayName: data.organisation },
        pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key', alg })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        attestation: 'none',
        timeout: 120000,
      },
    });
    return { client_data: made.response.clientDataJSON, authenticator_data: made.response.getAuthenticatorData() };
  }

  async function get(data) {
    const got = await navigator.credentials.get({
      publicKey: { challenge: decode(data.challenge), rpId: data.rp, userVerification: 'required', timeout: 120000 },
    });
    const { clientDataJSON, authenticatorData, signature } = got.response;
    return { credential: got.rawId, client_data: clientDataJSON, authenticator_data: authenticatorData, signature };
  }

  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.closest('section').hidden = false;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const trouble = form.querySelector('[role=alert]');
      trouble.hidden = true;
      try {
        const answer = await (form.dataset.passkey === 'create' ? create : get)(form.dataset);
        for (const [name, value] of Object.entries(answer)) form.elements[name].value = encode(value);
        form.submit();
      } catch {
        trouble.hidden = false;
      }
    });
  }
})();
