import type { Described } from './described.ts'

/** For bash 3.2, which macOS has, and newer ones. */
export function bashScript(commands: readonly Described[]): string {
  const cases = commands.map(({ name, flags }) => {
    const words = flags.map(flag => `--${flag.name}`).join(' ')
    return `    ${name}) words='${words}' ;;`
  })
  return `# Completion of runtape for bash.
_runtape() {
  local current=\${COMP_WORDS[COMP_CWORD]} words=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${commands.map(({ name }) => name).join(' ')} --help --version'
  else
    # Anything else is a file, or a value, which the default completes.
    case "$current" in -*) ;; *) return ;; esac
    case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _runtape runtape
`
}
