import { aiSdkContract } from './contract.ts'

aiSdkContract(5)
