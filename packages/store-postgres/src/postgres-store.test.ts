import { describeContract } from '../test/contract.ts'

describeContract('postgresStore keeps the Store contract')
