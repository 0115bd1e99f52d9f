// Runs alone in the frame in which the console shows a letter: takes the HTML from the page around it and shows it, and nothing in
// it does anything. The frame has an origin of its own (sandbox); no other script has a digest that the policy knows.
addEventListener('message', (event) => {
  if (event.source !== parent || typeof event.data?.html !== 'string') return;
  const letter = new DOMParser().parseFromString(event.data.html, 'text/html');
  document.replaceChild(document.adoptNode(letter.documentElement), document.documentElement);
  parent.postMessage({ height: Math.ceil(document.body.getBoundingClientRect().height) }, '*');
});
addEventListener('click', (event) => event.preventDefault(), true);
addEventListener('submit', (event) => event.preventDefault(), true);
parent.postMessage({ ready: true }, '*');
