//! Whole-app scenarios with real peers; dependency and tidiness tests.
