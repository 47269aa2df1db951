/** What the model layer throws. Every class is a `ServiceError`, so callers decide by `code`; the names and properties are dynamo-bao's. */
import { ServiceError } from '../lib/errors.ts';
import type { ErrorCode, ServiceErrorOptions } from '../lib/errors.ts';

/** The base of the layer's errors. */
export class BaoError extends ServiceError {
  constructor(message: string, code: ErrorCode = 'internal', options: ServiceErrorOptions = {}) {
    super(code, message, options);
    this.name = 'BaoError';
  }
}

/** A model, or the way it is used, is wrong: a fault of the program. Data that names a field which the model has not is an input's: `unknown_field`. */
export class ConfigurationError extends BaoError {
  readonly modelName: string | null;

  constructor(message: string, modelName: string | null = null, code: ErrorCode = 'misconfigured', options: ServiceErrorOptions = {}) {
    super(modelName === null ? message : `Model ${modelName}: ${message}`, code, options);
    this.name = 'ConfigurationError';
    this.modelName = modelName;
  }
}

/** A value is not what its field takes. `issues` has one entry, with the field as JSON Pointer. */
export class ValidationError extends BaoError {
  readonly fieldName: string | null;
  readonly value: unknown;

  constructor(message: string, fieldName: string | null = null, value?: unknown, options: ServiceErrorOptions = {}) {
    const issues = fieldName === null ? [] : [{ path: `/${fieldName}`, reason: message }];
    super(message, 'invalid_input', { issues, ...options });
    this.name = 'ValidationError';
    this.fieldName = fieldName;
    this.value = value;
  }

  /** The error of a field's value as that of the object which has the field. One that names its field already stays as it is. */
  ofField(name: string, value: unknown): ValidationError {
    return this.fieldName === null ? new ValidationError(`${name}: ${this.message}`, name, value, { cause: this }) : this;
  }
}

/** A query, sort condition, filter or condition cannot be understood. */
export class QueryError extends BaoError {
  readonly indexName: string | null;
  readonly fieldName: string | null;

  constructor(message: string, indexName: string | null = null, fieldName: string | null = null, code: ErrorCode = 'invalid_filter') {
    super(message, code);
    this.name = 'QueryError';
    this.indexName = indexName;
    this.fieldName = fieldName;
  }
}

/** The object that a write names does not exist. */
export class ItemNotFoundError extends BaoError {
  readonly primaryId: string | null;

  constructor(message = 'Item not found', primaryId: string | null = null) {
    super(message, 'not_found');
    this.name = 'ItemNotFoundError';
    this.primaryId = primaryId;
  }
}

/**
 * A condition did not hold: the caller's own (`precondition_failed`), or that the key or a unique value is not taken (`conflict`).
 * `operation` says which write: "create", "update", "replace", "delete", "unique_constraint".
 */
export class ConditionalError extends BaoError {
  readonly operation: string | null;
  readonly condition: unknown;

  constructor(message: string, operation: string | null = null, condition: unknown = null, code: ErrorCode = 'precondition_failed') {
    super(message, code);
    this.name = 'ConditionalError';
    this.operation = operation;
    this.condition = condition;
  }
}

/** A stored value is not of the shape its field writes. */
export class DataFormatError extends BaoError {
  readonly data: unknown;
  readonly expectedFormat: string | null;

  constructor(message: string, data: unknown = null, expectedFormat: string | null = null) {
    super(message, 'internal');
    this.name = 'DataFormatError';
    this.data = data;
    this.expectedFormat = expectedFormat;
  }
}
