// On the page of a form: the work that keeps programs out, instead of the question; files that are too large before they travel; one click is one submission; the
// height, for the page that carries it. Without it the page works all the same.
(() => {
  'use strict';
  const form = document.querySelector('form[data-slug]');
  if (window.parent !== window) {
    const tell = () => window.parent.postMessage({ rapport_form: true, height: Math.ceil(document.documentElement.getBoundingClientRect().height) }, '*');
    new ResizeObserver(tell).observe(document.documentElement);
    tell();
  }
  document.getElementById('summary')?.focus();
  if (!form) return;
  const state = document.getElementById('state');
  const proof = form.elements.namedItem('proof');
  const bits = Number(form.dataset.work);
  const question = document.getElementById('question');
  const can = bits > 0 && question && window.crypto?.subtle && !question.querySelector('.error');
  let found;

  const zeros = (octets) => {
    let count = 0;
    for (const octet of octets) {
      if (octet === 0) { count += 8; continue; }
      return count + Math.clz32(octet) - 24;
    }
    return count;
  };
  const work = async () => {
    const begin = form.elements.namedItem('page').value + ':';
    const encoder = new TextEncoder();
    for (let at = 0; ; at += 200) {
      const some = await Promise.all(Array.from({ length: 200 }, (_, i) => crypto.subtle.digest('SHA-256', encoder.encode(begin + (at + i)))));
      const hit = some.findIndex((digest) => zeros(new Uint8Array(digest)) >= bits);
      if (hit >= 0) return String(at + hit);
    }
  };
  if (can) {
    question.hidden = true;
    found = work().then((answer) => { proof.value = answer; }, () => { question.hidden = false; });
  }

  let sent = false;
  form.addEventListener('submit', (event) => {
    let all = 0;
    for (const input of form.querySelectorAll('input[type=file]'))
      for (const file of input.files) {
        all += file.size;
        if (file.size > Number(input.dataset.most)) all = Infinity;
      }
    if (all > Number(form.dataset.most)) {
      event.preventDefault();
      state.textContent = form.dataset.large;
      return;
    }
    if (sent) return event.preventDefault();
    if (found && !proof.value) {
      event.preventDefault();
      state.textContent = form.dataset.wait;
      void found.then(() => form.requestSubmit());
      return;
    }
    sent = true;
    state.textContent = form.dataset.wait;
    // Back from the answer, or nothing came: it can be sent again, and is the same submission.
    setTimeout(() => { sent = false; }, 8000);
  });
  window.addEventListener('pageshow', () => { sent = false; state.textContent = ''; });
})();
