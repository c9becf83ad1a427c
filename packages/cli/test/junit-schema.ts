/** The allowed content of an element, according to the schema `junit-10` of the Jenkins xUnit plugin. */
interface Rule {
  readonly children?: readonly string[]
  readonly required?: readonly string[]
  readonly optional?: readonly string[]
  /** Whether it may contain text. */
  readonly text?: boolean
}

const cause: Rule = { optional: ['type', 'message'], text: true }
const outcomes = ['skipped', 'error', 'failure']

const rules: Readonly<Record<string, Rule>> = {
  testsuites: { children: ['testsuite'], optional: ['name', 'time', 'tests', 'failures', 'errors'] },
  testsuite: {
    children: ['testsuite', 'properties', 'testcase', 'system-out', 'system-err'],
    required: ['name', 'tests', 'failures', 'errors'],
    optional: ['group', 'time', 'skipped', 'timestamp', 'hostname', 'id', 'package', 'file', 'log', 'url'],
  },
  properties: { children: ['property'] },
  property: { required: ['name', 'value'] },
  testcase: {
    children: [...outcomes, 'system-out', 'system-err'],
    required: ['name'],
    optional: ['time', 'classname', 'group'],
  },
  skipped: cause,
  error: cause,
  failure: cause,
  'system-out': { text: true },
  'system-err': { text: true },
}

const tag = /<(\/?)([A-Za-z][\w-]*)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>/y
const entity = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/
// Characters invalid in XML 1.0.
const noCharacter = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u

/** The problems of a file that is not well-formed XML or violates the schema; empty if valid. */
export function xmlProblems(xml: string): string[] {
  const problems: string[] = []
  if (noCharacter.test(xml)) problems.push('a character that XML has no place for')
  if (entity.test(xml)) problems.push('a bare ampersand')
  const open: string[] = []
  let at = xml.startsWith('<?xml') ? xml.indexOf('?>') + 2 : 0
  while (at < xml.length) {
    const text = xml.slice(at, xml.indexOf('<', at) === -1 ? undefined : xml.indexOf('<', at))
    const around = open.at(-1)
    if (text.trim() !== '' && !(around && rules[around]?.text))
      problems.push(`text in ${around}: ${text.slice(0, 40)}`)
    at += text.length
    if (at >= xml.length) break
    tag.lastIndex = at
    const match = tag.exec(xml)
    if (!match) return [...problems, `no tag at ${xml.slice(at, at + 40)}`]
    at = tag.lastIndex
    const [, closing, name = '', attributes = '', empty] = match
    if (closing) {
      if (open.pop() !== name) problems.push(`</${name}> closes another element`)
      continue
    }
    problems.push(...elementProblems(name, attributes, around))
    if (!empty) open.push(name)
  }
  return open.length > 0 ? [...problems, `${open.join(', ')} are not closed`] : problems
}

function elementProblems(name: string, text: string, around: string | undefined): string[] {
  const rule = rules[name]
  if (!rule) return [`there is no element ${name}`]
  const attributes = Array.from(
    text.matchAll(/([\w-]+)="([^"]*)"/g),
    ([, attribute = '', value = '']) => [attribute, value] as const,
  )
  const names = attributes.map(([attribute]) => attribute)
  const { required = [], optional = [] } = rule
  const allowed =
    around === undefined
      ? name === 'testsuites' || name === 'testsuite'
      : rules[around]?.children?.includes(name)
  return [
    ...(allowed ? [] : [`${name} may not stand in ${around}`]),
    ...names
      .filter(each => ![...required, ...optional].includes(each))
      .map(each => `${name} has no attribute ${each}`),
    ...required.filter(each => !names.includes(each)).map(each => `${name} needs ${each}`),
    ...names.filter((each, index) => names.indexOf(each) !== index).map(each => `${each} stands twice`),
    ...attributes
      .filter(([each, value]) => each === 'time' && !/^[\d,]*(\.\d*)?$/.test(value))
      .map(([, value]) => `time is ${value}`),
  ]
}
