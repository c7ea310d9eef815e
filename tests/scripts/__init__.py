"""Tests of what builds the product."""
