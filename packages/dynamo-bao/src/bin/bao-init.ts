#!/usr/bin/env node
import 'steamer/cli/bao-init';
