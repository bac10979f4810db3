/** Builds the hosted page: web/ -> dist/site, which any static host can serve from any path. */
import {defineConfig, type Plugin} from 'vite';

/**
 * Only what this page is made of may run, and nothing may be sent anywhere. Not under the dev
 * server, whose client is an inline script.
 */
const kPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "worker-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

function contentSecurityPolicy(): Plugin {
  return {
    name: 'kmem-content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: {'http-equiv': 'Content-Security-Policy', content: kPolicy},
        injectTo: 'head-prepend',
      },
    ],
  };
}

/**
 * package.json says `sideEffects: false` for people who import the engine; the page's elements
 * define themselves when they are imported, and must not be shaken off.
 */
function keepElements(): Plugin {
  return {
    name: 'kmem-keep-elements',
    transform: {
      filter: {id: /web\/src\/(?:elements|page)\//},
      handler: () => ({moduleSideEffects: true}),
    },
  };
}

export default defineConfig({
  root: 'web',
  base: './',
  plugins: [contentSecurityPolicy(), keepElements()],
  worker: {format: 'es'},
  build: {
    outDir: '../dist/site',
    emptyOutDir: true,
    target: 'es2022',
    // An inlined module would be a data: URL, which the policy refuses.
    assetsInlineLimit: 0,
    modulePreload: {polyfill: false},
  },
  preview: {port: 4173, strictPort: true},
});
