// Bundles the package in the current folder: one file in `dist` for each of its entries, and what several of them share in
// `dist/shared`. `node ../../scripts/bundle.mjs [further entries, as paths in src…]`
import { readFileSync } from 'node:fs'
import { bundle, entriesOf } from './lib/bundle.mjs'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
await bundle(process.cwd(), [...entriesOf(manifest), ...process.argv.slice(2)])
