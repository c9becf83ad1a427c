import { aiSdkContract } from './contract.ts'

aiSdkContract(6)
