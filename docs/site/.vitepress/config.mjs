import { readdirSync } from 'node:fs'

const packages = readdirSync(new URL('../../../packages', import.meta.url)).sort()
const link = ([text, path]) => ({ text, link: path })

const guides = [
  ['The first ten minutes', '/docs/guides/first-ten-minutes'],
  ['Bill your customers', '/docs/guides/billing'],
  ['Feedback from a browser', '/docs/guides/browser-feedback'],
  ['AI SDK', '/docs/guides/ai-sdk'],
  ['Next.js, Lambda, Workers', '/docs/serverless'],
  ['Several processes', '/docs/guides/several-processes'],
  ['Test in CI', '/docs/guides/testing-in-ci'],
  ['Replay', '/docs/replay'],
  ['Runtimes and builds', '/docs/runtimes'],
  ['Questions', '/docs/guides/questions'],
]
const moving = ['LaunchDarkly', 'Langfuse', 'LangSmith', 'Bitfab']
const operating = [
  ['Deploy', '/docs/deploy'],
  ['Privacy', '/docs/privacy'],
  ['Security', '/docs/security'],
  ['Query the store', '/docs/store'],
  ['Move a store', '/docs/copy'],
  ['Clients that exist', '/docs/clients'],
  ['The tape', '/docs/tape'],
  ['Costs of tracing', '/docs/tracing-costs'],
  ['Compared', '/docs/compare'],
]

export default {
  title: 'Runtape',
  description: 'Count every AI run exactly once. Replay any of them.',
  srcDir: '.pages',
  outDir: 'dist',
  cleanUrls: true,
  // The pages are plain Markdown: what looks like a tag or an expression of Vue is text.
  markdown: {
    html: false,
    config: md => {
      const render = md.renderer.render.bind(md.renderer)
      md.renderer.render = (...args) => render(...args).replaceAll('{{', '&#123;&#123;')
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    nav: [link(['Guides', guides[0][1]]), link(['API', '/api/'])],
    sidebar: [
      { text: 'Guides', items: guides.map(link) },
      {
        text: 'Moving from',
        items: moving.map(name => link([name, `/docs/guides/from-${name.toLowerCase()}`])),
      },
      { text: 'Operate', items: operating.map(link) },
      { text: 'Packages', collapsed: true, items: packages.map(name => link([name, `/packages/${name}/`])) },
      link(['API reference', '/api/']),
    ],
  },
}
