// What the build makes importable: icons (icons.plugin.mjs), style sheets, templates of letters.
declare module 'icon:*' {
  const shape: import('./icon').Icon;
  export default shape;
}
declare module '*.css';
declare module '*.txt' {
  const text: string;
  export default text;
}
