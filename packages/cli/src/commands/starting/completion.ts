import type { Command } from '../../arguments/command.ts'
import { Misuse } from '../../arguments/usage-error.ts'
import { print } from '../../terminal/print.ts'
import { bashScript } from './shells/bash.ts'
import type { Described } from './shells/described.ts'
import { fishScript } from './shells/fish.ts'
import { zshScript } from './shells/zsh.ts'

const shells: Readonly<Record<string, (commands: readonly Described[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
}

/** @param all loads the commands that are completed */
export const completionOf = (all: () => Promise<readonly Command[]>): Command => ({
  name: 'completion',
  about: 'Prints a script with which a shell completes commands, flags and their values.',
  operands: Object.keys(shells).join('|'),
  flags: {},
  examples: [
    'source <(runtape completion bash)             # in ~/.bashrc',
    'runtape completion zsh > ~/.zfunc/_runtape    # a folder of $fpath',
    'runtape completion fish > ~/.config/fish/completions/runtape.fish',
  ],
  run: async ({ operands: [shell = '', ...more] }) => {
    const script = Object.hasOwn(shells, shell) ? shells[shell] : undefined
    if (!script || more.length > 0)
      throw new Misuse(`Name one shell of ${Object.keys(shells).join(', ')}: runtape completion bash.`)
    print(script((await all()).map(describe)).trimEnd())
    return 0
  },
})

function describe({ name, about, flags }: Command): Described {
  const all = Object.entries(flags).map(([flag, { about: of, value, optional }]) => ({
    name: flag,
    about: firstLine(of),
    takesValue: value !== undefined && optional === undefined,
    isPath: value === 'path' || value === 'folder' || flag === 'store',
  }))
  const help = { name: 'help', about: 'show the help', takesValue: false, isPath: false }
  return { name, about: firstLine(about), flags: [...all, help] }
}

/** Scripts of shells hold it in single quotes. */
const firstLine = (text: string): string => (text.split(/[.:;](?:\s|$)/)[0] ?? '').replaceAll("'", '’')
