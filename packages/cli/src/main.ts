#!/usr/bin/env node
import { endProcess, watchEnd } from './end-process.ts'
import { runCommand } from './run-command.ts'

watchEnd()
// Not awaited here: Node would complain of what a replayed function waits for in vain.
void runCommand(process.argv.slice(2)).then(endProcess)
