// Icons come from the build (icons.plugin.mjs); style sheets too.
declare module 'icon:*' {
  const shape: import('./icon').Icon;
  export default shape;
}
declare module '*.css';
