// SPDX-License-Identifier: Apache-2.0
#pragma once

// Version 3 moved its headers and dropped CATCH_CONFIG_MAIN for a library of its own.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
