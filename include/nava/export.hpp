// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Marks what libnava.so exports; everything else is hidden. An application needs it nowhere.
#define NAVA_EXPORT [[gnu::visibility("default")]]
