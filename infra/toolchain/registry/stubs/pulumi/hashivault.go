// Package hashivault stands for the keeper of hashivault://: the lab's secrets are kept with a passphrase.
package hashivault
