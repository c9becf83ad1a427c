import type { Described, DescribedFlag } from './described.ts'

export function zshScript(commands: readonly Described[]): string {
  const names = commands.map(({ name, about }) => `      '${name}:${escaped(about)}'`)
  const cases = commands.map(({ name, flags }) => {
    const specs = flags.map(flag => `        '${specOf(flag)}'`)
    return `      ${name}) _arguments \\\n${[...specs, "        '*:file:_files'"].join(' \\\n')} ;;`
  })
  return `#compdef runtape
# Completion of runtape for zsh.
_runtape() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${names.join('\n')}
    )
    _describe command commands
  else
    shift words
    (( CURRENT-- ))
    case $words[1] in
${cases.join('\n')}
    esac
  fi
}
if [[ $funcstack[1] == _runtape ]]; then _runtape "$@"; else compdef _runtape runtape; fi
`
}

const specOf = ({ name, about, takesValue, isPath }: DescribedFlag): string =>
  `*--${name}[${escaped(about)}]${takesValue ? `:${name}:${isPath ? '_files' : ' '}` : ''}`

/** Characters with a meaning in a description. */
const escaped = (text: string): string => text.replace(/[\\:[\]]/g, '\\$&')
