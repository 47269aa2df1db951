/** Wires the entrypoint of service bindings: its calls are requests whose principal is known. */
import type { Services } from './routes/route.ts';
import type { TenantServiceOptions } from './rpc/tenant-service.ts';
import type { ServiceBindings } from './service-options.ts';
import type { Principal } from './wire/principal.ts';

type Answer = (request: Request, services: Services, later: (work: Promise<unknown>) => void) => Promise<Response>;

/** @param answer the router */
export function tenantServiceOptions(
  answer: Answer,
  servicesOf: (env: ServiceBindings) => Services,
): TenantServiceOptions<ServiceBindings> {
  return {
    answerAs: (env, later) => (request, principal) => {
      const services = servicesOf(env);
      return answer(request, { ...services, authenticate: () => served(services, principal) }, later);
    },
    async holderOf(env, tenant, credential) {
      const use = { tenant, address: null, nowMs: Date.now(), later: () => undefined };
      const principal = await servicesOf(env).authenticate(credential, use);
      if (principal?.tenant !== tenant) return null;
      const { subject, role = null, scopes } = principal;
      return { subject, role, scopes: [...scopes] };
    },
  };
}

/** Null while the tenant is not served. */
async function served({ servesTenant }: Services, principal: Principal): Promise<Principal | null> {
  const { tenant } = principal;
  return tenant !== null && (await servesTenant(tenant)) ? principal : null;
}
