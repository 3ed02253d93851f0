// Package azurekeyvault stands for the keeper of azurekeyvault://: the lab's secrets are kept with a passphrase.
package azurekeyvault
