/** What an application builds its Worker from: the service and the factories of its objects. */
export { createService } from './service.ts';
export type { Service, ServiceBindings, ServiceOptions } from './service.ts';
export { defineTenantStore } from './objects/index.ts';
export type { LimitsDocument } from './wire/limit-document.ts';
export type { RequestContext, Route, Services } from './routes/route.ts';
export type { CredentialHolder, ModelRpc, ServiceProps, StreamRpc, TenantServiceRpc } from './wire/service-rpc.ts';
