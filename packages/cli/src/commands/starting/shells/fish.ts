import type { Described, DescribedFlag } from './described.ts'

export function fishScript(commands: readonly Described[]): string {
  const names = commands.map(
    ({ name, about }) =>
      `complete -c runtape -n __fish_use_subcommand -f -a '${name}' -d '${escaped(about)}'`,
  )
  const flags = commands.flatMap(({ name, flags }) => flags.map(flag => flagLine(name, flag)))
  return `# Completion of runtape for fish.\n${[...names, ...flags].join('\n')}\n`
}

function flagLine(command: string, { name, about, takesValue, isPath }: DescribedFlag): string {
  const value = takesValue ? (isPath ? ' -r' : ' -x') : ''
  return `complete -c runtape -n '__fish_seen_subcommand_from ${command}' -l '${name}'${value} -d '${escaped(about)}'`
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\')
