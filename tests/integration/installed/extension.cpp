// SPDX-License-Identifier: Apache-2.0
void migrate_claims(const char* database);

int main(int, char** argv) { migrate_claims(argv[1]); }
