import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SetUp } from './set-up.ts'

const nestProgram = `import 'reflect-metadata'
import { Controller, Get, Module, Query } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { configureTracing, tracedMethod } from '@runtape/trace'

const store = sqliteStore(':memory:')
const recorder = createRecorder({ store })
configureTracing({ sink: recorder })

@Controller()
class Desk {
  @tracedMethod('desk.ask')
  @Get('ask')
  ask(@Query('q') question: string): string {
    return 'You asked: ' + question
  }
}
@Module({ controllers: [Desk] })
class App {}

const app = await NestFactory.create(App, { logger: false })
await app.listen(0, '127.0.0.1')
console.log(await (await fetch((await app.getUrl()) + '/ask?q=Where')).text())
await recorder.flush()
for (const { key } of (await store.traces.list()).items) console.log(key)
await app.close()
`

export const frameworks: readonly SetUp[] = [
  {
    name: 'Nest',
    version: '12.5.1',
    wanted: [
      ...['common', 'core', 'platform-express'].map(name => `@nestjs/${name}@12.5.1`),
      'reflect-metadata@0.2.2',
      'rxjs@7.8.2',
      'typescript@5.9.3',
      '@types/node@20.19.25',
    ],
    prints: 'You asked: Where\ndesk.ask',
    run: async project => {
      writeFileSync(join(project.folder, 'nest.mts'), nestProgram)
      const flags = ['--experimentalDecorators', '--emitDecoratorMetadata', '--strict', '--skipLibCheck']
      const target = ['--target', 'es2023', '--module', 'nodenext', '--types', 'node']
      await project.node([project.fileOf('typescript/bin/tsc'), ...flags, ...target, 'nest.mts'])
      return project.node(['--disable-warning=ExperimentalWarning', 'nest.mjs'])
    },
  },
]
