import type { CodeChangeFile, TestRun } from '@runtape/core/store'
import { type Html, html } from './html.ts'
import { sideBySide } from './page-diff.ts'

/** The changed files, as listed by the test run. */
export function codeChangeView(testRun: TestRun | undefined): Html | false {
  const files = testRun?.codeChangeFiles ?? []
  if (files.length === 0) return false
  return html`<section class="code-change" aria-label="Code change">
${files.map(fileView)}
</section>`
}

function fileView({ path, before, after, omitted }: CodeChangeFile): Html {
  if (omitted !== undefined)
    return html`<p class="only-named"><code>${path}</code> <small>${omitted}</small></p>`
  return html`<details><summary><code>${path}</code></summary>${sideBySide(before, after, ['before', 'after'])}</details>`
}
