#!/usr/bin/env node
import 'steamer/cli/bao-rebuild-search-text';
