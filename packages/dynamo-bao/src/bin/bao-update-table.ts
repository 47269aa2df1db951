#!/usr/bin/env node
import 'steamer/cli/bao-update-table';
