// SPDX-License-Identifier: Apache-2.0
#pragma once

/// The version of these headers; the build of Nava reads it here. Before 1.0.0 a new minor version
/// may break source and binary compatibility, a new patch version breaks neither.
#define NAVA_VERSION_MAJOR 0
#define NAVA_VERSION_MINOR 2
#define NAVA_VERSION_PATCH 0

/// To compare in an #if: 10000 × major + 100 × minor + patch.
#define NAVA_VERSION (NAVA_VERSION_MAJOR * 10000 + NAVA_VERSION_MINOR * 100 + NAVA_VERSION_PATCH)

/// As text, "0.2.0".
#define NAVA_VERSION_TEXT "0.2.0"
