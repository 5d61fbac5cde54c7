import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Static files only, hashed, without a single inline script or style: the gateway serves them under a strict
// Content-Security-Policy. Old PCs run browsers of a few years ago, hence the target.
export default defineConfig({
  plugins: [react()],
  build: {
    target: ['es2020', 'firefox91', 'chrome90', 'safari15'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
});
