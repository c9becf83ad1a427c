/** The promises of a README: packages to install, a program, and its output. */
export interface ReadmeExample {
  install: string[]
  language: 'ts' | 'js'
  code: string
  output?: string
}

interface Block {
  language: string
  text: string
}

/** The first `ts` or `js` block, with the `text` block right after it and the packages of the install line. */
export function readmeExample(markdown: string): ReadmeExample | undefined {
  const blocks = fencedBlocks(markdown)
  const at = blocks.findIndex(block => ['ts', 'js'].includes(block.language))
  const program = blocks[at]
  if (!program) return undefined
  const next = blocks[at + 1]
  const output = next?.language === 'text' ? { output: next.text } : {}
  return {
    install: installLine(blocks),
    language: program.language as 'ts' | 'js',
    code: program.text,
    ...output,
  }
}

function fencedBlocks(markdown: string): Block[] {
  const fences = markdown.matchAll(/^```(\w*)[^\n]*\n([\s\S]*?)^```\s*$/gm)
  return [...fences].map(([, language = '', text = '']) => ({ language, text }))
}

function installLine(blocks: Block[]): string[] {
  const shell = blocks.filter(block => ['sh', 'bash', 'shell'].includes(block.language))
  const lines = shell.flatMap(block => block.text.split('\n'))
  const install = lines
    .map(line => /^\s*npm (?:install|i|add) (.+?)(?:\s+#.*)?$/.exec(line)?.[1])
    .find(Boolean)
  return install?.split(/\s+/).filter(word => word !== '' && !word.startsWith('-')) ?? []
}
