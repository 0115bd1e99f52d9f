// One line on any page: puts the form there, as high as it is.
(() => {
  'use strict';
  const script = document.currentScript;
  const base = new URL(script.src).origin;
  const asked = script.dataset.lang || document.documentElement.lang.slice(0, 2);
  const frame = document.createElement('iframe');
  frame.src = base + '/f/' + '%SLUG%' + '?embed=1' + (asked ? '&lang=' + encodeURIComponent(asked) : '');
  frame.title = '%TITLE%';
  frame.style.width = '100%';
  frame.style.border = '0';
  frame.style.height = '600px';
  window.addEventListener('message', (event) => {
    if (event.source !== frame.contentWindow || event.origin !== base || event.data?.rapport_form !== true) return;
    const height = Number(event.data.height);
    if (height > 0 && height < 20000) frame.style.height = height + 'px';
  });
  script.after(frame);
})();
