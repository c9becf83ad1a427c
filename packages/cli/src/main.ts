#!/usr/bin/env node
import { endProcess, watchEnd } from './process/end-process.ts'
import { nodeProblem } from './process/node-version.ts'
import { runCommand } from './run-command.ts'
import { printError } from './terminal/print.ts'

const problem = nodeProblem(process.versions.node)
watchEnd()
// Not awaited here: Node would complain of what a replayed function waits for in vain.
if (problem === undefined) void runCommand(process.argv.slice(2)).then(endProcess)
else {
  printError(problem)
  endProcess(2)
}
