#!/usr/bin/env node
import { endProcess, watchEnd } from './process/end-process.ts'
import { nodeProblem } from './process/node-version.ts'
import { runCommand } from './run-command.ts'
import { printError } from './terminal/print.ts'

const problem = nodeProblem(process.versions.node)
watchEnd()
// Not awaited: Node would warn about promises of replayed functions that never settle.
if (problem === undefined) void runCommand(process.argv.slice(2)).then(endProcess)
else if (process.argv[2] === 'doctor')
  void import('./doctor/old-node.ts').then(doctor => endProcess(doctor.runOnOldNode(process.argv.slice(3))))
else {
  printError(`${problem} "runtape doctor" says more.`)
  endProcess(2)
}
