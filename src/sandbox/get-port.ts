/** Stands in for `@workflow/utils/get-port`: a Worker listens on no port. */
const noPort = async (): Promise<undefined> => undefined;

export const getPort = noPort;
export const getWorkflowPort = noPort;
export const getAllPorts = async (): Promise<number[]> => [];
