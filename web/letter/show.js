// Runs alone in the frame in which the console shows a letter: takes the HTML from the page around it and shows it, and nothing in
// it does anything. The frame has an origin of its own (sandbox); no other script has a digest that the policy knows.
const tell = () => document.body && parent.postMessage({ height: Math.ceil(document.body.getBoundingClientRect().height) }, '*');
addEventListener('message', (event) => {
  if (event.source !== parent || typeof event.data?.html !== 'string') return;
  if (event.data.pictures !== true) {
    // A policy holds from the moment it stands in the page's head, also when it is gone from there: pictures from elsewhere stay away.
    const policy = document.createElement('meta');
    policy.httpEquiv = 'Content-Security-Policy';
    policy.content = 'img-src data:; media-src data:';
    document.head?.append(policy);
  }
  const letter = new DOMParser().parseFromString(event.data.html, 'text/html');
  // What would ask a server for a name or a page, or lead the frame away.
  for (const element of letter.querySelectorAll('meta, link, base, iframe, frame, object, embed')) element.remove();
  document.replaceChild(document.adoptNode(letter.documentElement), document.documentElement);
  for (const picture of document.images) picture.addEventListener('load', tell);
  tell();
});
addEventListener('click', (event) => event.preventDefault(), true);
addEventListener('submit', (event) => event.preventDefault(), true);
parent.postMessage({ ready: true }, '*');
